/** Work for one helpdesk waits in one queue, by its name in the config: `ticket/freshdesk`. */
export const ticketQueue = (helpdesk: string): string => `ticket/${helpdesk}`;

/** Events of one receiver have a queue of their own: one that is slow keeps nobody waiting. */
export const hookQueue = (receiver: string): string => `hook ${receiver}`;
