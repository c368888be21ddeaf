using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans;
using Sessions;
using Sessions.Client;

// Many holders of leases in one process, which a test starts in order to kill it: each executes in one session for as long as that
// admits, and says so before it runs anything, so that what was admitted is known also of a process that is gone.
//
//   GATEWAYS SESSION HOLDERS MILLISECONDS     gateways by comma; how many holders; how long each execution runs
//
// Prints "ready", waits for a line, and then prints "begin" and "end" lines; "done" when the session admits nothing more.
var builder = Host.CreateApplicationBuilder();
builder.Logging.ClearProviders();
builder.Services.AddSessionsClient(options =>
{
    foreach (var gateway in args[0].Split(','))
    {
        options.Gateways.Add(gateway);
    }

    options.ResponseTimeout = TimeSpan.FromSeconds(5);
});
using var host = builder.Build();
await host.StartAsync();
await host.Services.GetRequiredService<SessionsClient>().ConnectAsync();
var id = SessionId.Parse(args[1]);
var runs = TimeSpan.FromMilliseconds(int.Parse(args[3], System.Globalization.CultureInfo.InvariantCulture));
var function = FunctionName.Parse("race");

// One connection, but holders of their own: what a session tells apart is the client object.
var grains = new ClusterGrains(host.Services.GetRequiredService<IGrainFactory>());
var options = host.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<SessionsClientOptions>>().Value;
var clients = Enumerable.Range(0, int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture))
    .Select(_ => new SessionsClient(grains, options, TimeProvider.System, NullLogger<SessionsClient>.Instance))
    .ToArray();
Console.Out.WriteLine("ready");
await Console.In.ReadLineAsync();
await Task.WhenAll(clients.Select(client => Task.Run(() => RunAsync(client.Get(id)))));
Console.Out.WriteLine("done");
await Console.In.ReadLineAsync();

async Task RunAsync(SessionHandle session)
{
    while (true)
    {
        try
        {
            await session.ExecuteAsync(function, async context =>
            {
                Say("begin");
                try
                {
                    await Task.Delay(runs, TimeProvider.System, context.CancellationToken);
                }
                finally
                {
                    Say("end");
                }
            });
        }
        catch (QuotaExceededException exceeded) when (exceeded.RetryAfter is { } pause)
        {
            await Task.Delay(pause, TimeProvider.System);
        }
        catch (QuotaExceededException)
        {
            return;
        }
        catch (SessionException)
        {
            // Cancelled, or nobody answered: the session decides what comes next.
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }
}

static void Say(string what)
{
    lock (Console.Out)
    {
        Console.Out.WriteLine($"{what} {TimeProvider.System.GetTimestamp()}");
        Console.Out.Flush();
    }
}
