/** Headers as Node returns them: names in lower case, and a header that came twice as a list. */
export type HttpHeaders = Readonly<Record<string, string | string[] | undefined>>;
