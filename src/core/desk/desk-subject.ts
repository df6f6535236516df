/** The `incident` that effects of a desk ticket carry. */
export const deskSubject = (number: number): string => `desk-${number}`;

/** Number of the desk ticket that an effect belongs to; undefined for other effects. */
export const deskNumber = (incident: string): number | undefined => {
  const number = /^desk-(\d{1,12})$/.exec(incident)?.[1];
  return number === undefined ? undefined : Number(number);
};
