import { randomBytes } from 'node:crypto';
import { FakePush, type PushCall } from './fake-push.ts';

interface Sent {
  chat_id: string;
  text: string;
  reply_markup: { inline_keyboard: { text: string; callback_data?: string; url?: string }[][] };
}

const FIELDS = new Set(['chat_id', 'text', 'link_preview_options', 'reply_markup']);

/** Telegram's Bot API, strict: https://core.telegram.org/bots/api */
export class FakeTelegram extends FakePush {
  readonly token = `123456:${randomBytes(18).toString('base64url')}`;
  readonly sent: Sent[] = [];
  /** Chats that the bot may write to. */
  readonly chats = new Set(['123456789', '-1001234567890']);
  readonly answered: { callback_query_id: string; text: string }[] = [];
  webhook = '';
  /** Text of the message on which a button stands; it comes with every press. */
  pressedText = 'shop is down';
  #updates: { update_id: number; callback_query: unknown }[] = [];
  #next = 1;
  #wake: (() => void)[] = [];

  /** Somebody presses a button. */
  press(data: string, from = { id: 123456789, first_name: 'Maria', last_name: 'Chen' }): string {
    const id = randomBytes(6).toString('hex');
    const message = { message_id: 1, chat: { id: from.id }, text: this.pressedText };
    this.update({ id, from, message, chat_instance: '1', data });
    return id;
  }

  /** Updates that the bot has not confirmed yet. */
  get unconfirmed(): number {
    return this.#updates.length;
  }

  /** Numbers begin anew, as they do after a week without updates. */
  restartNumbers(next: number): void {
    this.#next = next;
  }

  /** Something else that Telegram may tell. */
  update(query: unknown): void {
    this.#updates.push({ update_id: this.#next++, callback_query: query });
    for (const go of this.#wake.splice(0)) go();
  }

  protected isMessage({ path }: PushCall): boolean {
    return path.endsWith('/sendMessage');
  }

  protected async answer({ path, body }: PushCall) {
    const [, bot, method] = path.split('/');
    if (bot !== `bot${this.token}`) return refused(401, 'Unauthorized');
    const given = (body ?? {}) as Record<string, any>;
    switch (method) {
      case 'sendMessage':
        return this.#send(given as Sent);
      case 'getWebhookInfo':
        return ok({ url: this.webhook, pending_update_count: 0 });
      case 'getChat':
        return this.chats.has(String(given['chat_id']))
          ? ok({ id: given['chat_id'] })
          : refused(400, 'Bad Request: chat not found');
      case 'answerCallbackQuery':
        if (String(given['text']).length > 200) return refused(400, 'Bad Request: MESSAGE_TOO_LONG');
        this.answered.push(given as (typeof this.answered)[number]);
        return ok(true);
      case 'getUpdates': {
        // An offset far ahead of what there is confirms nothing.
        const offset = Number(given['offset']);
        const last = this.#updates.at(-1)?.update_id ?? 0;
        if (offset <= last + 10) this.#updates = this.#updates.filter(({ update_id }) => update_id >= offset);
        if (this.#updates.length === 0)
          await Promise.race([
            new Promise<void>((go) => this.#wake.push(go)),
            new Promise<void>((go) => setTimeout(go, Number(given['timeout']) * 1_000).unref()),
          ]);
        return ok(this.#updates.slice(0, Number(given['limit'] ?? 100)));
      }
      default:
        return refused(404, 'Not Found');
    }
  }

  #send(given: Sent) {
    for (const key of Object.keys(given)) if (!FIELDS.has(key)) this.complain(`unknown field ${key}`);
    if (!this.chats.has(given.chat_id)) return refused(400, 'Bad Request: chat not found');
    if (given.text === '' || given.text.length > 4_096)
      return refused(400, 'Bad Request: message is too long');
    for (const button of given.reply_markup.inline_keyboard.flat()) {
      const kinds = [button.callback_data, button.url].filter((one) => one !== undefined).length;
      if (!button.text || kinds !== 1 || Buffer.byteLength(button.callback_data ?? '') > 64)
        return refused(400, 'Bad Request: BUTTON_DATA_INVALID');
    }
    this.sent.push(given);
    return ok({ message_id: this.sent.length, date: Math.floor(Date.now() / 1_000) });
  }
}

const ok = (result: unknown) => ({ status: 200, body: { ok: true, result } });
const refused = (error_code: number, description: string) => ({
  status: error_code,
  body: { ok: false, error_code, description },
});
