/** The states of LOOK as Grafana takes them. Every one goes with a mark and a word: colour is never the only signal. */
export const COLOURS = {
  up: '#2f9a60',
  suspect: '#c9990f',
  down: '#d43c3c',
  recovering: '#2e93c4',
  unknown: '#8b9099',
  maintenance: '#8577bd',
} as const;

export const MARKS = {
  up: '● up',
  suspect: '◐ suspect',
  down: '■ down',
  recovering: '◑ recovering',
  unknown: '◌ unknown',
  maintenance: '▲ maintenance',
} as const;

export type State = keyof typeof COLOURS;
