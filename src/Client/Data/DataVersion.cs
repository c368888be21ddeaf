namespace Sessions.Client;

/// <summary>The newest version of a session's data that somebody has seen.</summary>
internal sealed class DataVersion
{
    private long newest;

    public long Newest => Volatile.Read(ref newest);

    public void See(long version)
    {
        for (var held = Newest; version > held; held = Newest)
        {
            if (Interlocked.CompareExchange(ref newest, version, held) == held)
            {
                return;
            }
        }
    }
}
