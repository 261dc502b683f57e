/** With FAULTS=all every fault strikes, and hundreds of tokens in each state; else one or two of each kind, and fewer tokens. */
export const IS_ALL = process.env.FAULTS === 'all';
