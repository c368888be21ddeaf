using Npgsql;
using Sessions.Grains.Ownership;
using Sessions.Grains.Storage;
using Sessions.Silo.Settings;

namespace Sessions.Silo.Tests;

/// <summary>What a node that could not start says, wherever the cause was found.</summary>
public sealed class NodeEndTests
{
    public static TheoryData<Exception, int, string> Causes => new()
    {
        { new InvalidSettingsException("Silo:SiloPort: set a port."), 2, "Invalid configuration: Silo:SiloPort: set a port." },
        { new AggregateException(new InvalidOperationException("x", new StoreUnavailableException("It is gone.\nReally."))), 3, "The store cannot be used: It is gone. Really." },
        { new InvalidOperationException("x", new NpgsqlException("refused")), 3, "The database cannot be used: refused" },
        { new OperationCanceledException(), 0, "The node was stopped while it started." },
        { new ClockWrongException("The clock is wrong."), 3, "The node does not start: The clock is wrong." },
        { new InvalidDataException("Failed to load configuration from file 'appsettings.json'.", new FormatException("Line 3.")), 2, "Invalid configuration: Failed to load configuration from file 'appsettings.json'. Line 3." },
    };

    [Theory]
    [MemberData(nameof(Causes))]
    public void Cause_WhereverItIsFound_HasItsCodeAndOneLine(Exception exception, int code, string line)
    {
        var end = NodeEnd.Of(exception);

        Assert.Equal((code, line), (end.ExitCode, Assert.Single(end.Lines)));
    }

    [Fact]
    public void CauseThatNobodyKnows_HasItsTrace()
    {
        var end = NodeEnd.Of(new InvalidOperationException("A fault of ours."));

        Assert.Equal(1, end.ExitCode);
        Assert.Contains("System.InvalidOperationException: A fault of ours.", Assert.Single(end.Lines), StringComparison.Ordinal);
    }
}
