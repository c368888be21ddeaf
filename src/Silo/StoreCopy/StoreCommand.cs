using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Sessions.Grains.Storage;
using Sessions.Grains.Storage.Copy;
using Sessions.Silo.Settings;
using Sessions.Storage.Postgres.Copy;
using Sessions.Storage.Sqlite.Copy;

namespace Sessions.Silo.StoreCopy;

/// <summary>The verb <c>store</c>: works on the store of a node that does not run.</summary>
internal static class StoreCommand
{
    private const int WrongArguments = 2;
    private const int Failed = 3;

    /// <returns>0; 2 if the arguments or the database are not such that anything can be copied; 3 if it could not be done.</returns>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors, CancellationToken cancellationToken)
    {
        CopyArguments copy;
        try
        {
            copy = CopyArguments.Parse(arguments);
        }
        catch (InvalidDataException e)
        {
            await errors.WriteLineAsync($"{e.Message}{Environment.NewLine}{Environment.NewLine}{CopyArguments.Usage}");
            return WrongArguments;
        }

        try
        {
            await CopyAsync(copy, output, cancellationToken);
            return 0;
        }
        catch (CopyRefusedException e)
        {
            await errors.WriteLineAsync(e.Message);
            return WrongArguments;
        }
        catch (CopyMismatchException e)
        {
            await output.WriteAsync(CopyReport.Of(e.Lines));
            await errors.WriteLineAsync(e.Message);
            return Failed;
        }
        catch (Exception e) when (e is StoreUnavailableException or StoreOutcomeUnknownException)
        {
            await errors.WriteLineAsync(e.Message.ReplaceLineEndings(" "));
            return Failed;
        }
        catch (OperationCanceledException)
        {
            await errors.WriteLineAsync("The copy was stopped. Nothing was kept of it.");
            return Failed;
        }
    }

    private static async Task CopyAsync(CopyArguments copy, TextWriter output, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        using var source = SqliteCopySource.Open(copy.File, TimeProvider.System);
        var target = new NpgsqlConnectionStringBuilder(copy.ConnectionString);
        await output.WriteLineAsync($"Copying {copy.File} to the database {target.Database} at {target.Host}:{target.Port}.");
        var lines = await new CopyTarget(copy.ConnectionString, NullLoggerFactory.Instance).CopyAsync(source, cancellationToken);
        await output.WriteAsync(CopyReport.Of(lines));
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"""

            Copied and compared in {TimeProvider.System.GetElapsedTime(start).TotalSeconds:F1} s. The file is as it was.
            Start nodes with ConnectionStrings:{StorageOptions.ConnectionStringName} and without Sessions:{StorageOptions.DataDirectoryKey}.
            """));
    }
}
