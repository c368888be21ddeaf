namespace Sessions.Client;

/// <summary>How a client finds the cluster, who it speaks for, and how patient it is.</summary>
public sealed class SessionsClientOptions
{
    /// <summary>The gateway that is tried when none is named: the local node.</summary>
    public static readonly string DefaultGateway = $"127.0.0.1:{SessionsDefaults.GatewayPort}";

    /// <summary>
    /// The silos' gateways, each <c>host:port</c> or <c>[ipv6]:port</c>; one that answers is enough, and names the others. Host names are looked
    /// up again every 10 s. Empty, the default, stands for <see cref="DefaultGateway"/>. Not used inside a silo.
    /// </summary>
    public IList<string> Gateways { get; } = [];

    /// <summary>The cluster's id; a gateway of another cluster does not answer. Default <see cref="SessionsDefaults.ClusterId"/>.</summary>
    public string ClusterId { get; set; } = SessionsDefaults.ClusterId;

    /// <summary>The cluster's service id. Default <see cref="SessionsDefaults.ServiceId"/>.</summary>
    public string ServiceId { get; set; } = SessionsDefaults.ServiceId;

    /// <summary>Who acts where a command names nobody. Default: the name of the operating system's user, else <c>anonymous</c>.</summary>
    public Principal Actor { get; set; } = Principal.TryParse(Environment.UserName, null, out var user) ? user : Principal.Parse("anonymous");

    /// <summary>How long to try to reach the cluster, all attempts and lookups included. 100 ms to 1 h, default 30 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether the host's start waits for the connection, and fails if there is none after <see cref="ConnectTimeout"/>. If not, the client connects
    /// when it can; until then its calls are repeated within their budgets, and fail with <see cref="UnavailableException"/>. Default true.
    /// </summary>
    public bool ConnectOnStart { get; set; } = true;

    /// <summary>
    /// How long one call may take before its outcome counts as unknown. 100 ms to 10 min, default 10 s. Inside a silo the silo's
    /// own setting rules; state it here too, because long polls stay below it.
    /// </summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a call of unknown outcome is repeated under its command id, counted from the first attempt. 0 (never repeat; one
    /// attempt within <see cref="ResponseTimeout"/>) to 1 h, default 30 s. Keep it below the silos' <c>Sessions:AnswerWindow</c>, 5 min by default:
    /// a repetition after that may be refused with <see cref="CommandTooOldException"/>.
    /// </summary>
    public TimeSpan RetryBudget { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How executions are admitted where they do not say it themselves. <see cref="SessionHandle.TryAdmit(FunctionName, out Execution)"/> and
    /// <see cref="SessionHandle.AdmitAsync(FunctionName, CancellationToken)"/> use a lease in any case. Default <see cref="AdmissionMode.Leased"/>.
    /// </summary>
    public AdmissionMode Admission { get; set; } = AdmissionMode.Leased;

    /// <summary>How many sessions <see cref="SessionsClient.Manager"/> has at hand. 3 to 10,000,000, default 10,000.</summary>
    public int CacheCapacity { get; set; } = 10_000;
}
