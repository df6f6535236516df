/** Signed addresses: whoever has one acts as the person to whom it was sent, so it exists only in what is sent. */
const SIGNED = /(https?:\/\/[^\s"'<>]*?\/(?:a|rate|invitation|confirm|leave)\/)[^\s"'<>)\]]+/g;

/** A sent text for those who only read of it: signed links are struck out. */
export const withoutLinks = (text: string): string => text.replace(SIGNED, '$1…');
