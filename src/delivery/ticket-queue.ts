/** Work for one helpdesk waits in one queue: `ticket` for the first one, `ticket/jira` for another of that name. */
export const ticketQueue = (helpdesk: string | undefined): string =>
  helpdesk ? `ticket/${helpdesk}` : 'ticket';
