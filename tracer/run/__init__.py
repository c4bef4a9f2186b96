"""From a problem file to a trace: `Problem -> Network -> Trace`."""
