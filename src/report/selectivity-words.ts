/** The formula of src/profile/selectivity.ts in words. */
export const SELECTIVITY = 'Selectivity: to be stated.';
