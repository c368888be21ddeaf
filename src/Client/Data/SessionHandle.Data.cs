namespace Sessions.Client;

public sealed partial class SessionHandle
{
    private readonly DataVersion dataSeen = new();

    /// <summary>The session's own data: written while the session is Created, Active or Paused, read until it is deleted after the end.</summary>
    public SessionData Data => field ??= new(client, this, null, null, dataSeen);

    internal SessionData DataWithin(SessionContext context) => new(client, this, null, context, dataSeen);

    internal SessionData DataOf(SessionId other, SessionContext? context) => new(client, this, other, context, new DataVersion());
}
