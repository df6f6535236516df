// 3GPP TS 23.038: the default alphabet and its extension table. Text outside it costs an SMS more than half of its room
// (70 characters a segment instead of 160).
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const EXTENDED = '^{}\\[~]|€';
const REPLACED: Record<string, string> = {
  '‘': "'", '’': "'", '“': '"', '”': '"', '–': '-', '—': '-', '…': '...', '•': '-', '·': '-', '→': '->',
  '\u00a0': ' ', '`': "'", '\t': ' ',
}; // prettier-ignore

/** Length of the text in septets; undefined when it does not fit the alphabet. */
export function gsm7Length(text: string): number | undefined {
  let length = 0;
  for (const character of text) {
    if (BASIC.includes(character)) length += 1;
    else if (EXTENDED.includes(character)) length += 2;
    else return undefined;
  }
  return length;
}

/** The nearest text in the alphabet: typographic marks replaced by plain ones, and accents dropped where necessary. */
export function toGsm7(text: string): string {
  let plain = '';
  for (const character of text) {
    if (BASIC.includes(character) || EXTENDED.includes(character)) plain += character;
    else if (REPLACED[character] !== undefined) plain += REPLACED[character];
    else {
      const base = character.normalize('NFKD').replace(/\p{M}/gu, '');
      plain += base !== '' && gsm7Length(base) !== undefined ? base : '?';
    }
  }
  return plain;
}
