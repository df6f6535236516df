/** A metric of the chosen monitors, with more to select by: `own('watchdesk_targets', 'health="down"')`. */
export const own = (metric: string, ...more: string[]): string =>
  `${metric}{${['job=~"$job"', 'instance=~"$instance"', ...more].join(', ')}}`;

/** A metric about what is watched: `instance` is the target there (`honor_labels`). */
export const probed = (metric: string, ...more: string[]): string =>
  `${metric}{${['job=~"$job"', ...more].join(', ')}}`;

/** How fast a counter grows, a second. */
export const rate = (counter: string): string => `rate(${counter}[$__rate_interval])`;

/** By how much a counter has grown in what is shown. */
export const grown = (counter: string): string => `increase(${counter}[$__range])`;

/** A share of what a histogram has counted in what is shown, 0.5 for the middle; nothing where it has counted nothing. */
export const quantileOf = (share: number, histogram: string, by = '', ...more: string[]): string =>
  `histogram_quantile(${share}, sum by (${['le', by].filter(Boolean).join(', ')}) (${grown(own(`${histogram}_bucket`, ...more))})) >= 0`;

/** Joined to what a target is: customer, kind, address. */
export const withTarget = (expr: string): string =>
  `(${expr}) * on (job, instance, target) group_left (customer, kind, priority) ${own('watchdesk_target_info', 'customer=~"$customer"')}`;
