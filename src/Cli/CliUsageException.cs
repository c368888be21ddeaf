namespace Sessions.Cli;

/// <summary>The tool was called in a way that it cannot follow.</summary>
internal sealed class CliUsageException(string message) : Exception(message);
