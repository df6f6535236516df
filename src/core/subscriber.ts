/** Somebody who wants to be told by mail. Unix milliseconds. */
export interface Subscriber {
  /** In lower case: nobody has two. */
  email: string;
  /** Opens the links in their mails. */
  token: string;
  askedAt: number;
  /** They have followed the link in the first mail; before that they get no other. */
  confirmedAt?: number;
}
