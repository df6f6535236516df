import { COLOURS, MARKS, type State } from './colours.ts';

/** Where everything on a dashboard is read. */
export const DATA_SOURCE = { type: 'prometheus', uid: '${datasource}' } as const;

export interface Query {
  expr: string;
  /** `{{health}}` */
  legend?: string;
}

/** What a reader sees of a value: by what it is called, in which colour. */
export type Mapping = Readonly<Record<string, { text: string; colour?: string }>>;

export interface Column {
  /** As the label or the query's value is called. */
  from: string;
  /** As the reader calls it; without, it is there for links alone. */
  as?: string;
  unit?: string;
  decimals?: number;
  width?: number;
  mapping?: Mapping;
  /** Where a click leads; `${__data.fields.url}` is another column. */
  link?: { title: string; url: string };
}

interface Common {
  title: string;
  /** What it answers, and how to read it. */
  description: string;
  queries: readonly Query[];
  /** https://github.com/grafana/grafana: packages/grafana-data, valueFormats/categories.ts */
  unit: string;
  decimals?: number;
  /** 24 make the whole width. */
  width: number;
  /** Units of 30 pixels. */
  height: number;
  /** Another span than the dashboard's: `now/d` for today. */
  timeFrom?: string;
}

export interface Panel extends Common {
  type: 'table' | 'stat' | 'timeseries' | 'state-timeline' | 'bargauge';
  options: object;
  custom?: object;
  defaults?: object;
  overrides?: readonly object[];
  transformations?: readonly object[];
  isInstant: boolean;
}

const mapped = (mapping: Mapping) => [
  {
    type: 'value',
    options: Object.fromEntries(
      Object.entries(mapping).map(([value, { text, colour }], index) => [
        value,
        { text, index, ...(colour && { color: colour }) },
      ]),
    ),
  },
];

/** Numbers for states, as `healthCode` makes them. */
export const HEALTH_CODES: readonly State[] = ['up', 'suspect', 'recovering', 'down', 'unknown'];
export const HEALTH_MAPPING: Mapping = Object.fromEntries(
  HEALTH_CODES.map((state, index) => [String(index), { text: MARKS[state], colour: COLOURS[state] }]),
);

/** One row a thing; the columns in the order in which they are given. */
export function table(
  given: Common & { columns: readonly Column[]; joinBy?: string; sortBy?: string; descending?: boolean },
): Panel {
  const { columns, joinBy, sortBy, descending = false, ...common } = given;
  const organised = {
    id: 'organize',
    options: {
      indexByName: Object.fromEntries(columns.map(({ from }, index) => [from, index])),
      renameByName: Object.fromEntries(columns.flatMap(({ from, as }) => (as ? [[from, as]] : []))),
      excludeByName: {},
    },
  };
  const joined = joinBy
    ? { id: 'joinByField', options: { byField: joinBy, mode: 'outer' } }
    : { id: 'merge', options: {} };
  return {
    ...common,
    type: 'table',
    isInstant: true,
    options: {
      showHeader: true,
      cellHeight: 'sm',
      footer: { show: false, reducer: ['sum'], countRows: false, fields: '' },
      ...(sortBy && { sortBy: [{ displayName: sortBy, desc: descending }] }),
    },
    custom: {
      align: 'auto',
      cellOptions: { type: 'auto', wrapText: true },
      filterable: true,
      inspect: false,
    },
    transformations: [
      joined,
      { id: 'filterFieldsByName', options: { include: { names: columns.map(({ from }) => from) } } },
      organised,
    ],
    overrides: columns.map((column) => ({
      matcher: { id: 'byName', options: column.as ?? column.from },
      properties: propertiesOf(column),
    })),
  };
}

function propertiesOf({ as, unit, decimals, width, mapping, link }: Column): object[] {
  const properties: object[] = [];
  if (as === undefined) properties.push({ id: 'custom.hidden', value: true });
  if (unit !== undefined) properties.push({ id: 'unit', value: unit });
  if (decimals !== undefined) properties.push({ id: 'decimals', value: decimals });
  if (width !== undefined) properties.push({ id: 'custom.width', value: width });
  if (mapping) {
    properties.push({ id: 'mappings', value: mapped(mapping) });
    properties.push({ id: 'custom.cellOptions', value: { type: 'color-text' } });
  }
  if (link) properties.push({ id: 'links', value: [{ ...link, targetBlank: true }] });
  return properties;
}

const reduced = { calcs: ['lastNotNull'], fields: '', values: false };

/** One figure a query. */
export function stat(given: Common & { mapping?: Mapping; thresholds?: readonly Threshold[] }): Panel {
  const { mapping, thresholds, ...common } = given;
  return {
    ...common,
    type: 'stat',
    isInstant: true,
    options: {
      colorMode: 'value',
      graphMode: 'none',
      justifyMode: 'center',
      orientation: 'auto',
      reduceOptions: reduced,
      textMode: 'auto',
      wideLayout: true,
    },
    defaults: {
      ...(mapping && { mappings: mapped(mapping) }),
      // Without, Grafana colours by limits of its own.
      ...(thresholds || mapping
        ? colouredBy(thresholds ?? [{ colour: 'text' }])
        : { color: { mode: 'fixed', fixedColor: 'text' } }),
      noValue: '–',
    },
  };
}

export interface Threshold {
  /** From here on; the first has none. */
  from?: number;
  colour: string;
}

const colouredBy = (thresholds: readonly Threshold[]) => ({
  color: { mode: 'thresholds' },
  thresholds: {
    mode: 'absolute',
    steps: thresholds.map(({ from, colour }) => ({ value: from ?? null, color: colour })),
  },
});

/** Lines over time, from zero. */
export function lines(
  given: Common & {
    isStacked?: boolean;
    colours?: Readonly<Record<string, string>>;
    thresholdAt?: number;
    /** May fall below zero. */
    isSigned?: boolean;
  },
): Panel {
  const { isStacked = false, colours = {}, thresholdAt, isSigned = false, ...common } = given;
  return {
    ...common,
    type: 'timeseries',
    isInstant: false,
    options: {
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
    custom: {
      drawStyle: 'line',
      lineInterpolation: 'linear',
      lineWidth: 1,
      fillOpacity: isStacked ? 20 : 0,
      showPoints: 'never',
      spanNulls: false,
      stacking: { group: 'A', mode: isStacked ? 'normal' : 'none' },
      ...(thresholdAt !== undefined && { thresholdsStyle: { mode: 'dashed' } }),
    },
    defaults: {
      ...(!isSigned && { min: 0 }),
      color: { mode: 'palette-classic' },
      ...(thresholdAt !== undefined && {
        thresholds: {
          mode: 'absolute',
          steps: [
            { value: null, color: 'transparent' },
            { value: thresholdAt, color: COLOURS.down },
          ],
        },
      }),
    },
    overrides: colourOverrides(colours),
  };
}

const colourOverrides = (colours: Readonly<Record<string, string>>): object[] =>
  Object.entries(colours).map(([name, colour]) => ({
    matcher: { id: 'byName', options: name },
    properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: colour } }],
  }));

/** A band a thing, in which every state has its colour and its word. */
export function bands(given: Common & { mapping: Mapping }): Panel {
  const { mapping, ...common } = given;
  return {
    ...common,
    type: 'state-timeline',
    isInstant: false,
    options: {
      alignValue: 'left',
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
      mergeValues: true,
      rowHeight: 0.8,
      showValue: 'auto',
      tooltip: { mode: 'single', sort: 'none' },
    },
    custom: { fillOpacity: 80, lineWidth: 0 },
    defaults: { mappings: mapped(mapping), color: { mode: 'thresholds' } },
  };
}

/** A bar a figure, one below the other. */
export function bars(given: Common & { colour?: string; colours?: Readonly<Record<string, string>> }): Panel {
  const { colour, colours = {}, ...common } = given;
  return {
    ...common,
    type: 'bargauge',
    isInstant: true,
    options: {
      displayMode: 'basic',
      orientation: 'horizontal',
      reduceOptions: reduced,
      showUnfilled: true,
      valueMode: 'text',
      namePlacement: 'left',
      sizing: 'auto',
      minVizHeight: 16,
      minVizWidth: 8,
      maxVizHeight: 300,
    },
    defaults: { min: 0, color: { mode: 'fixed', fixedColor: colour ?? COLOURS.recovering } },
    overrides: colourOverrides(colours),
  };
}

const REF_IDS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** As Grafana stores it. */
export function panelJson(panel: Panel, id: number, x: number, y: number): object {
  const { type, title, description, queries, unit, decimals, width, height, timeFrom } = panel;
  return {
    id,
    type,
    title,
    description,
    datasource: DATA_SOURCE,
    gridPos: { x, y, w: width, h: height },
    ...(timeFrom && { timeFrom, hideTimeOverride: false }),
    targets: queries.map(({ expr, legend }, index) => ({
      refId: REF_IDS[index],
      datasource: DATA_SOURCE,
      editorMode: 'code',
      expr,
      ...(panel.isInstant ? { instant: true, range: false } : { instant: false, range: true }),
      format: type === 'table' ? 'table' : 'time_series',
      legendFormat: legend ?? '__auto',
    })),
    fieldConfig: {
      defaults: {
        unit,
        ...(decimals !== undefined && { decimals }),
        ...panel.defaults,
        ...(panel.custom && { custom: panel.custom }),
      },
      overrides: panel.overrides ?? [],
    },
    options: panel.options,
    ...(panel.transformations && { transformations: panel.transformations }),
  };
}
