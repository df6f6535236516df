/** A helpdesk or channel with the settings that its own schema has accepted. */
export interface Configured<Type> {
  type: Type;
  settings: unknown;
}
