using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Orleans.Runtime.MembershipService;
using Sessions.Grains.Storage;
using Sessions.Silo;
using Sessions.Silo.StoreCopy;

if (args is ["store", .. var rest])
{
    using var stop = new CancellationTokenSource();
    Console.CancelKeyPress += (_, pressed) =>
    {
        // The copy is undone before the process ends.
        pressed.Cancel = true;
        stop.Cancel();
    };
    return await StoreCommand.RunAsync(rest, Console.Out, Console.Error, stop.Token);
}

WebApplication app;
try
{
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions
    {
        Args = args,

        // The settings next to the program hold, wherever it is started from.
        ContentRootPath = AppContext.BaseDirectory,
    });
    builder.AddSessionsSilo();
    builder.Services.AddHealthChecks().AddCheck<StoreHealthCheck>("store");
    app = builder.Build();
}
catch (Exception exception) when (exception is InvalidDataException or InvalidOperationException or FormatException)
{
    await Console.Error.WriteLineAsync($"The configuration does not hold: {exception.Message}");
    return 2;
}

app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
app.MapHealthChecks("/health/ready");
app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine(Banner.Of(
    app.Services.GetRequiredService<IOptions<SiloOptions>>().Value,
    app.Services.GetRequiredService<StorageOptions>())));
try
{
    await app.RunAsync();
    return 0;
}
catch (OptionsValidationException exception)
{
    await Console.Error.WriteLineAsync($"The configuration does not hold: {exception.Message}");
    return 2;
}
catch (Exception exception) when (exception.GetBaseException() is OrleansClusterConnectivityCheckFailedException unreachable)
{
    await Console.Error.WriteLineAsync(
        $"The cluster cannot be joined: {unreachable.Message} Should those nodes be gone, the next start will find them gone.");
    return 3;
}
catch (Exception exception) when (FindRefusal(exception) is { } unavailable)
{
    await Console.Error.WriteLineAsync($"The store cannot be used: {unavailable.Message}");
    return 3;
}

// What the store says stands between what the host makes of it and what the store itself was told.
static StoreUnavailableException? FindRefusal(Exception? exception)
{
    while (exception is not null and not StoreUnavailableException)
    {
        exception = exception.InnerException;
    }

    return (StoreUnavailableException?)exception;
}
