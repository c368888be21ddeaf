using Npgsql;
using Sessions.Storage.Postgres.Saving;
using Xunit;

namespace Sessions.Storage.Postgres.Tests;

public sealed class WriteFailureTests
{
    [Theory]
    [InlineData("ERROR", "23505", "Refused")]
    [InlineData("ERROR", "22P05", "Refused")]
    [InlineData("ERROR", "25006", "Refused")]
    [InlineData("ERROR", "53100", "Refused")]
    [InlineData("ERROR", "P0001", "Refused")]
    [InlineData("ERROR", "40001", "Disturbed")]
    [InlineData("ERROR", "40P01", "Disturbed")]
    [InlineData("ERROR", "40003", "Unknown")]
    [InlineData("ERROR", "08006", "Unknown")]
    [InlineData("ERROR", "57014", "Unknown")]
    [InlineData("FATAL", "57P01", "Unknown")]
    [InlineData("FATAL", "23505", "Unknown")]
    [InlineData("PANIC", "58030", "Unknown")]
    [InlineData("ERROR", "XX000", "Unknown")]
    public void ServerReportsAnError_Classify_TrustsOnlyWhatProvesARollback(string severity, string state, string expected) =>
        Assert.Equal(expected, WriteFailures.Classify(new PostgresException("m", severity, severity, state)).ToString());

    [Fact]
    public void AnythingElse_Classify_ProvesNothing()
    {
        Assert.Equal(WriteFailure.Unknown, WriteFailures.Classify(new NpgsqlException("m", new TimeoutException())));
        Assert.Equal(WriteFailure.Unknown, WriteFailures.Classify(new IOException()));
        Assert.Equal(WriteFailure.Unknown, WriteFailures.Classify(new OperationCanceledException()));
    }
}
