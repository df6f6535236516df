/** `1.5 MB`: units of 1,048,576 bytes. */
export const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MB`;
