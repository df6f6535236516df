/** As Node gives them: names in lower case, one that came twice as a list. */
export type HttpHeaders = Readonly<Record<string, string | string[] | undefined>>;
