using Microsoft.Extensions.Logging.Abstractions;
using Sessions;
using Sessions.Core;
using Sessions.Core.Data;
using Sessions.Grains.Storage;
using Sessions.Storage.Sqlite;
using Sessions.TestKit;

// Opens the file when a line comes in, so that the runtime's own start is over by then, and prints every save that was acknowledged.
// "verb" is for those who only want to see whether it can be opened.
var (path, verb) = (args[0], args.ElementAtOrDefault(1) ?? "write");
await using var database = new SqliteDatabase(
    new SqliteStoreOptions { Path = path }, TimeProvider.System, NullLogger<SqliteDatabase>.Instance);
await Console.In.ReadLineAsync();
try
{
    await database.OpenAsync(default);
}
catch (StoreFileException e)
{
    await Console.Out.WriteLineAsync($"{e.Problem}: {e.Message}");
    return 3;
}

await Console.Out.WriteLineAsync("open");
if (verb == "hold")
{
    await Console.In.ReadLineAsync();
    return 0;
}

var (storage, alice) = (database.Storage, Principal.Parse("alice"));
await Task.WhenAll(Enumerable.Range(0, 16).Select(n => Task.Run(() => LiveAsync($"load/{n % 4}"))));
return 0;

async Task LiveAsync(string name)
{
    while (true)
    {
        var created = SessionRecords.Create(@namespace: name);
        await SaveAsync(created);
        var active = SessionRecords.Next(created.Record, new ActivateSession { Actor = alice });
        if (!await SaveAsync(active))
        {
            continue;
        }

        var logged = SessionRecords.Log(active.Record, 2);
        await SaveAsync(logged);
        var put = new DataWrite(CommandId.New(), DataKey.Parse("key"), [1, 2, 3], null);
        await storage.Data.WriteDataAsync(new DataSpace(created.Record.Id, ""), put, default);
        if (created.Record.Id.ToString()[^1] > 'g')
        {
            await SaveAsync(SessionRecords.Next(logged.Record, new CloseSession { Actor = alice }));
        }
    }
}

async Task<bool> SaveAsync(SessionSave save)
{
    if (await storage.Sessions.SaveAsync(save, default) != SaveOutcome.Saved)
    {
        return false;
    }

    Console.WriteLine($"{save.Record.Id} {save.Record.Version}");
    return true;
}
