/** By helpdesk type. Its own file declares it; the catalogue of types hands it in when the program starts. */
const names = new Map<string, string>();

/** From now on that helpdesk type is called so in texts for people. */
export function nameProduct(type: string, name: string): void {
  names.set(type, name);
}

/** `Freshdesk`; a type that declares no name is called by itself. */
export const productName = (type: string): string => names.get(type) ?? type;
