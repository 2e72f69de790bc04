/// Answers TraceQL queries from the columns of the store.
