/**
 * A call upwards: a component calls those above it, and exactly one follower acts on the call. Followers are connected
 * when every component exists, so that all components can be made in one straight line.
 */
export interface Signal<Call> {
  say: Call;
  /** Connects the follower; may be called once. */
  follow(follower: Call): void;
}

/** @throws Error from `say` while no follower is connected, and from `follow` when one already is: both are bugs. */
export function signal<Call extends (...said: never[]) => unknown>(name: string): Signal<Call> {
  let connected: Call | undefined;
  const say = (...said: Parameters<Call>): unknown => {
    if (!connected) throw new Error(`nothing follows the signal ${name}`);
    return connected(...said);
  };
  return {
    say: say as Call,
    follow(follower) {
      if (connected) throw new Error(`the signal ${name} has a follower already`);
      connected = follower;
    },
  };
}
