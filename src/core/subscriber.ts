/** A subscriber to status mails. Unix milliseconds. */
export interface Subscriber {
  /** In lower case, so that an address subscribes only once. */
  email: string;
  /** Token in the links of the subscriber's mails. */
  token: string;
  askedAt: number;
  /** When the subscriber followed the link in the first mail; before that they get no other. */
  confirmedAt?: number;
}
