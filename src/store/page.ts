/** One page of a list; `next` is the cursor of the next page. */
export interface Page<Item> {
  items: Item[];
  next: string | null;
}

export interface ListQuery {
  limit: number;
  cursor?: string;
}
