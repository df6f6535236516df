/** How effects of a ticket of the desk are called. */
export const deskSubject = (number: number): string => `desk-${number}`;

/** The ticket that an effect is of; undefined for others. */
export const deskNumber = (incident: string): number | undefined => {
  const number = /^desk-(\d{1,12})$/.exec(incident)?.[1];
  return number === undefined ? undefined : Number(number);
};
