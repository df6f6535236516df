import cronParser from 'cron-parser';
import { isHourlyCron, type CronWalls } from '../../src/core/cron-times.ts';

const EXPECTED = 'a cron expression of five fields, such as "0 2 * * SUN"';

/** What is wrong with a five-field cron expression, as the end of a sentence; undefined when nothing is. */
export function cronSyntaxProblem(cron: string): string | undefined {
  if (cron.trim().split(/\s+/).length !== 5) return `expected ${EXPECTED}`;
  try {
    cronParser.parseExpression(cron, { tz: 'UTC' }).next();
    return undefined;
  } catch (error) {
    const isNever = /loop limit|day of month/i.test(String(error));
    return isNever ? 'this date never occurs; use one that does' : `expected ${EXPECTED}`;
  }
}

export function cronWalls(cron: string): CronWalls {
  const from = (wall: number) => cronParser.parseExpression(cron, { tz: 'UTC', currentDate: new Date(wall) });
  return {
    before: (wall) => from(wall).prev().getTime(),
    after: (wall) => {
      const walls = from(wall);
      return () => walls.next().getTime();
    },
    isHourly: isHourlyCron(cron),
  };
}
