/** One holiday: its rule in date-holidays' grammar, and its name. */
export type StatutoryHoliday = readonly [rule: string, name: string];

export interface Statute {
  /** Where it applies, as worded in a sentence. */
  readonly place: string;
  readonly law: string;
  readonly holidays: readonly StatutoryHoliday[];
}

const NEW_YEAR: StatutoryHoliday = ['01-01', "New Year's Day"];
const GOOD_FRIDAY: StatutoryHoliday = ['easter -2', 'Good Friday'];
const VICTORIA_DAY: StatutoryHoliday = ['monday before 05-25', 'Victoria Day'];
/** Holidays Act, R.S.C. 1985, c. H-5, s. 2: when 1 July is a Sunday, the holiday is 2 July. */
const CANADA_DAY: StatutoryHoliday = ['07-01 if sunday then next monday', 'Canada Day'];
const LABOUR_DAY: StatutoryHoliday = ['1st monday in September', 'Labour Day'];
const THANKSGIVING: StatutoryHoliday = ['2nd monday in October', 'Thanksgiving Day'];
const CHRISTMAS: StatutoryHoliday = ['12-25', 'Christmas Day'];
const BOXING_DAY: StatutoryHoliday = ['12-26', 'Boxing Day'];

/** 5 U.S.C. 6103(b) for Saturdays, Executive Order 11582 for Sundays. */
const observed = (rule: string) => `${rule} and if sunday then next monday if saturday then previous friday`;

/**
 * Public holidays by the law of the place, where date-holidays differs from it or has differed. Where the law gives
 * each employee another day off for a holiday on a weekend, there is no common date, and none is listed.
 */
export const STATUTES: Readonly<Record<string, Statute>> = {
  'CA-ON': {
    place: 'Ontario',
    law: 'Employment Standards Act, 2000, s. 1 and Part X; Canada Day by the Legislation Act, 2006, s. 88',
    holidays: [
      NEW_YEAR,
      ['3rd monday in February', 'Family Day'],
      GOOD_FRIDAY,
      VICTORIA_DAY,
      CANADA_DAY,
      LABOUR_DAY,
      THANKSGIVING,
      CHRISTMAS,
      BOXING_DAY,
    ],
  },
  'CA-NS': {
    place: 'Nova Scotia',
    law: 'Labour Standards Code and its General Regulations; Remembrance Day Act',
    holidays: [
      NEW_YEAR,
      ['3rd monday in February', 'Nova Scotia Heritage Day'],
      GOOD_FRIDAY,
      // The holiday is not moved here.
      ['07-01', 'Canada Day'],
      LABOUR_DAY,
      ['11-11', 'Remembrance Day'],
      CHRISTMAS,
    ],
  },
  'CA-QC': {
    place: 'Québec',
    law: 'Act respecting labour standards, s. 60; National Holiday Act, s. 2',
    holidays: [
      NEW_YEAR,
      // Or Easter Monday, as the employer chooses.
      GOOD_FRIDAY,
      ['monday before 05-25', "National Patriots' Day"],
      ['06-24 and if sunday then next monday', 'National Holiday'],
      CANADA_DAY,
      LABOUR_DAY,
      THANKSGIVING,
      CHRISTMAS,
    ],
  },
  CA: {
    place: 'federally regulated workplaces in Canada',
    law: 'Canada Labour Code, s. 166; Holidays Act, s. 2',
    holidays: [
      NEW_YEAR,
      GOOD_FRIDAY,
      VICTORIA_DAY,
      CANADA_DAY,
      LABOUR_DAY,
      ['09-30 since 2021', 'National Day for Truth and Reconciliation'],
      THANKSGIVING,
      ['11-11', 'Remembrance Day'],
      CHRISTMAS,
      BOXING_DAY,
    ],
  },
  US: {
    place: 'the federal government of the United States',
    law: '5 U.S.C. 6103; Executive Order 11582',
    holidays: [
      [observed('01-01'), "New Year's Day"],
      ['3rd monday in January', 'Birthday of Martin Luther King, Jr.'],
      ['3rd monday in February', "Washington's Birthday"],
      ['monday before 06-01', 'Memorial Day'],
      [`${observed('06-19')} since 2021`, 'Juneteenth National Independence Day'],
      [observed('07-04'), 'Independence Day'],
      ['1st monday in September', 'Labor Day'],
      ['2nd monday in October', 'Columbus Day'],
      [observed('11-11'), 'Veterans Day'],
      ['4th thursday in November', 'Thanksgiving Day'],
      [observed('12-25'), 'Christmas Day'],
    ],
  },
};
