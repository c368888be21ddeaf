using System.Net;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Npgsql;
using Orleans.Configuration;
using Sessions.Grains.Ownership;
using Sessions.Grains.Registration;
using Sessions.Silo.Health;
using Sessions.Silo.Listening;
using Sessions.Silo.Settings;
using Sessions.Storage.Postgres.Server;

namespace Sessions.Silo;

/// <summary>The life of a node from its settings to its exit code.</summary>
internal static class Node
{
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        try
        {
            await RunAsync(arguments, output);
            return ExitCodes.Stopped;
        }
#pragma warning disable CA1031 // Whatever it is, the operator is told in a line and the supervisor by the code.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            var end = NodeEnd.Of(exception);
            foreach (var line in end.Lines)
            {
                await errors.WriteLineAsync(line);
            }

            return end.ExitCode;
        }
    }

    private static async Task RunAsync(string[] arguments, TextWriter output)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            // Nothing reads a setting again, and to watch the files takes an instance of inotify, of which a machine may have none left.
            Args = ["--hostBuilder:reloadConfigOnChange=false", .. arguments],

            // The settings next to the program hold, wherever it is started from.
            ContentRootPath = AppContext.BaseDirectory,
        });
        var settings = NodeSettings.Read(builder.Configuration, arguments);
        var endpoints = NodeEndpoints.Resolve(settings.Silo, settings.Storage.Kind);
        using var ports = ReservedPorts.Bind(endpoints);
        builder.AddNode(settings, endpoints, ports);
        await using var app = builder.Build();
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = HealthReportWriter.WriteAsync });
        app.Lifetime.ApplicationStarted.Register(() => output.WriteLine(Banner.Of(settings, endpoints)));

        // Before the runtime starts, which reports a failure of its start at length.
        await app.Services.GetRequiredService<StoreInitializer>().InitializeAsync(app.Lifetime.ApplicationStopping);
        await app.Services.GetRequiredService<ClockWatch>().EnsureRightAsync(app.Lifetime.ApplicationStopping);
        if (app.Services.GetService<NpgsqlDataSource>() is { } database)
        {
            await PrepareToJoinAsync(app, database, settings.Silo.ClusterId, new(endpoints.Advertised, settings.Silo.SiloPort));
        }

        await app.RunAsync();
    }

    private static async Task PrepareToJoinAsync(WebApplication app, NpgsqlDataSource database, string clusterId, IPEndPoint self)
    {
        var membership = app.Services.GetRequiredService<IOptions<ClusterMembershipOptions>>().Value;
        var silence = membership.IAmAliveTablePublishTimeout * membership.NumMissedTableIAmAliveLimit;
        await new DepartedNodes(database, clusterId, self, silence, app.Services.GetRequiredService<ILogger<DepartedNodes>>())
            .DeclareAsync(app.Lifetime.ApplicationStopping);
        if (await Incarnations.ReadNewestAsync(database, clusterId, self, app.Lifetime.ApplicationStopping) is { } newest)
        {
            app.Services.GetRequiredService<NodeIncarnation>().Follow(newest);
        }
    }
}
