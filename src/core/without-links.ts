/** Signed links: anyone who has one acts as its recipient, so it only exists in the sent message. */
const SIGNED = /(https?:\/\/[^\s"'<>]*?\/(?:a|rate|invitation|confirm|leave)\/)[^\s"'<>)\]]+/g;

/** A sent text for readers other than its recipient: signed links are removed. */
export const withoutLinks = (text: string): string => text.replace(SIGNED, '$1…');
