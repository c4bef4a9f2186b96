"""Story templates. Each walkthrough is one Markdown template that tells a trace."""
