/** Work for one helpdesk waits in one queue, named after the helpdesk in the config: `ticket/freshdesk`. */
export const ticketQueue = (helpdesk: string): string => `ticket/${helpdesk}`;

/** Each webhook receiver has a queue of its own: a slow one delays no other. */
export const hookQueue = (receiver: string): string => `hook ${receiver}`;
