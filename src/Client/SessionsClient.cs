using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Sessions.Client;

/// <summary>
/// The way into a cluster of sessions, the same through the gateway and inside a silo. Thread-safe, one per process. What was
/// refused, and what could not be done, is thrown as a leaf of <see cref="SessionException"/>.
/// </summary>
public sealed partial class SessionsClient : ISessionsClient, IDisposable, IAsyncDisposable
{
    private readonly TimeProvider time;
    private readonly TimeProvider clock;
    private readonly ILogger<SessionsClient> logger;
    private readonly ClientInstruments instruments = new();
    private readonly Lazy<SessionManager> manager;

    /// <param name="grains">Where the grains come from.</param>
    /// <param name="options">The settings.</param>
    /// <param name="time">The clock by which calls are waited for and repeated.</param>
    /// <param name="logger">Told of what is repeated and given up.</param>
    /// <param name="clock">The clock that sessions live by, and leases with them. Default: the same.</param>
    /// <param name="links">The connections to gateways; null inside a silo.</param>
    internal SessionsClient(
        IGrainSource grains,
        SessionsClientOptions options,
        TimeProvider time,
        ILogger<SessionsClient> logger,
        TimeProvider? clock = null,
        GatewayLinks? links = null)
    {
        (Grains, Options, this.time, this.clock, this.logger) = (grains, options, time, clock ?? time, logger);
        Caller = new Caller(options, time, instruments, logger, links);
        Keeper = new LeaseKeeper(grains, options, time, this.clock, Caller, logger);
        manager = new Lazy<SessionManager>(() => new SessionManager(this, time, instruments));
    }

    /// <summary>The sessions that are used most, at hand, and a way to use new ones before they are created.</summary>
    public SessionManager Manager => manager.Value;

    internal IGrainSource Grains { get; }

    internal SessionsClientOptions Options { get; }

    internal TimeProvider Time => time;

    /// <summary>
    /// An id for a command that is issued now, by the clock that sessions live by. Drawn once for all its repetitions: by its instant a session
    /// knows a command that it may have forgotten.
    /// </summary>
    internal CommandId NewCommandId() => CommandId.New(clock.GetUtcNow());

    internal Meter Meter => instruments.Meter;

    internal Caller Caller { get; }

    internal LeaseKeeper Keeper { get; }

    /// <summary>
    /// Waits until the cluster is known to offer what this client needs. A silo that is still starting lets clients in before
    /// it has told them so; calls made then are repeated too, so this is for those that want to know when they are ready.
    /// </summary>
    /// <exception cref="UnavailableException">Not within <see cref="SessionsClientOptions.ConnectTimeout"/>.</exception>
    public async Task ConnectAsync(CancellationToken cancellationToken = default)
    {
        var started = time.GetTimestamp();
        var backoff = new Backoff(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(500));
        while (FindMissing() is { } missing)
        {
            var pause = backoff.Next();
            if (time.GetElapsedTime(started) + pause >= Options.ConnectTimeout)
            {
                throw ConnectionRetry.Unreachable(Options, missing);
            }

            LogNotOffered(missing.Message);
            await Task.Delay(pause, time, cancellationToken);
        }
    }

    /// <summary>Creates a session. Safe to repeat under the same <see cref="SpecifyingOptions.Id"/>.</summary>
    /// <exception cref="InvalidConfigurationException">Something stated is not well-formed, or beyond a ceiling; all faults are listed.</exception>
    /// <exception cref="TemplateNotFoundException">There is no such template.</exception>
    /// <exception cref="CommandConflictException">The id stands for a session made from another specification.</exception>
    /// <exception cref="CreationFailedException">Its provisioner could not create it.</exception>
    /// <exception cref="UnavailableException">The outcome is unknown; the error carries the session's id, to repeat under it.</exception>
    public async Task<SessionHandle> CreateAsync(CreateSessionOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var handle = Get(options.Id ?? SessionId.New());
        await handle.CreateAsync(options.Specification, options, cancellationToken);
        return handle;
    }

    /// <summary>Reserves a session, to be created or cancelled through the handle before the deadline.</summary>
    /// <exception cref="InvalidConfigurationException">Something stated is not well-formed, or beyond a ceiling; all faults are listed.</exception>
    /// <exception cref="TemplateNotFoundException">There is no such template.</exception>
    /// <exception cref="CommandConflictException">The id stands for a session made from another specification.</exception>
    /// <exception cref="UnavailableException">The outcome is unknown; the error carries the session's id, to repeat under it.</exception>
    public async Task<SessionHandle> RequestAsync(RequestSessionOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var handle = Get(options.Id ?? SessionId.New());
        await handle.RequestAsync(options, cancellationToken);
        return handle;
    }

    /// <summary>A handle of a session that exists, or may. Makes no call.</summary>
    public SessionHandle Get(SessionId id) => new(this, id);

    ISessionHandle ISessionsClient.Get(SessionId id) => Get(id);

    async Task<ISessionHandle> ISessionsClient.CreateAsync(CreateSessionOptions options, CancellationToken cancellationToken) =>
        await CreateAsync(options, cancellationToken);

    async Task<ISessionHandle> ISessionsClient.RequestAsync(RequestSessionOptions options, CancellationToken cancellationToken) =>
        await RequestAsync(options, cancellationToken);

    /// <summary>Adds a version to a template; a definition equal to the latest adds none, so repeating is safe.</summary>
    /// <param name="name">The template's name, without a version.</param>
    /// <param name="definition">What it says.</param>
    /// <param name="actor">Who acts. Default: <see cref="SessionsClientOptions.Actor"/>.</param>
    /// <param name="cancellationToken">Stops waiting; what was sent may still be done.</param>
    /// <exception cref="InvalidConfigurationException">The definition is not well-formed; all faults are listed.</exception>
    public async Task<SessionTemplate> SetTemplateAsync(
        TemplateReference name, TemplateDefinition definition, Principal? actor = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        var setBy = actor ?? Options.Actor;
        Preflight.Check(name, definition, setBy);
        var command = CommandId.New();
        return await AskTemplateAsync("SetTemplate", name, grain => grain.Set(definition, setBy, command), cancellationToken);
    }

    /// <summary>One version of a template, or its latest.</summary>
    /// <exception cref="TemplateNotFoundException">There is no such template, or no such version.</exception>
    public async Task<SessionTemplate> GetTemplateAsync(TemplateReference template, CancellationToken cancellationToken = default)
    {
        Preflight.Check(template);
        return await AskTemplateAsync("GetTemplate", template, grain => grain.Get(template.Version), cancellationToken);
    }

    /// <summary>The latest version of every template, by name.</summary>
    public Task<ImmutableArray<SessionTemplate>> ListTemplatesAsync(CancellationToken cancellationToken = default) =>
        Caller.CallAsync(new CallSubject("ListTemplates"), () => Grains.Catalog().List(), refusal: null, cancellationToken);

    /// <summary>
    /// Ends the client without a word to the sessions, which count what it was granted and has not reported as used. The connection
    /// belongs to the host. <see cref="DisposeAsync"/> loses nothing.
    /// </summary>
    public void Dispose()
    {
        Keeper.Stop();
        instruments.Dispose();
    }

    /// <summary>Gives all leases back, as far as that can be done within two seconds, and ends the client.</summary>
    public async ValueTask DisposeAsync()
    {
        await ReturnLeasesAsync();
        Dispose();
    }

    /// <summary>Gives all leases back and admits nothing more.</summary>
    internal ValueTask ReturnLeasesAsync() => Keeper.DisposeAsync();

    private async Task<SessionTemplate> AskTemplateAsync(
        string call, TemplateReference template, Func<ITemplateGrain, ValueTask<TemplateReply>> ask, CancellationToken cancellationToken)
    {
        var reply = await Caller.CallAsync(
            new CallSubject(call), () => ask(Grains.Template(template.Name)), static reply => reply.Refusal, cancellationToken);
        return reply.Template ?? throw new SessionException(new SessionError
        {
            Code = SessionErrorCode.Internal,
            Message = $"The silo answered {call} with neither a template nor a refusal.",
        });
    }

    private Exception? FindMissing()
    {
        try
        {
            _ = (Grains.Session(SessionId.New()), Grains.Family(SessionId.New()), Grains.Template("any"), Grains.Catalog(), Grains.Search());
            return null;
        }
        catch (Exception fault) when (CallFaults.KindOf(fault) != FaultKind.Final)
        {
            return fault;
        }
    }
}
