/** Work for one helpdesk waits in one queue, by its name in the config: `ticket/freshdesk`. */
export const ticketQueue = (helpdesk: string): string => `ticket/${helpdesk}`;
