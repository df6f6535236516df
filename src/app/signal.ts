/**
 * A call upwards: a component says something to those above it, and exactly one follower acts on it. The follower is
 * connected when every component has been made, so that all of them can be made in one straight line.
 */
export interface Signal<Call> {
  say: Call;
  /** Connects the follower; once. */
  follow(follower: Call): void;
}

/** @throws Error from `say` while nobody follows, and from `follow` when somebody does: both are faults of ours. */
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
