using System.Globalization;
using Orleans.Runtime;

namespace Sessions.Client;

/// <summary>Sends a session's id along with the grain calls that are made inside, for grains that require one.</summary>
public static class SessionCall
{
    internal const string SessionKey = "sessions.session";
    internal const string DepthKey = "sessions.depth";

    /// <summary>From here on calls carry <paramref name="id"/>, until what is returned is disposed; then what they carried before.</summary>
    /// <remarks>
    /// Inside an execution of the session the calls nest in it: what they start is one deeper and needs ComposeFunctions.
    /// </remarks>
    public static IDisposable Use(SessionId id)
    {
        if (id.IsDefault)
        {
            throw SessionException.From(SessionError.InvalidConfiguration(null, [new("id", "is missing")]));
        }

        return Carry(id, SessionContext.Current is { } context && context.SessionId == id ? context.Depth + 1 : 0);
    }

    /// <summary>What the present call carries; null where it carries nothing, or nothing that can be read.</summary>
    internal static (SessionId Id, int Depth)? Carried =>
        RequestContext.Get(SessionKey) is string text && SessionId.TryParse(text, out var id) && ReadDepth() is { } depth ? (id, depth) : null;

    internal static IDisposable Carry(SessionId id, int depth)
    {
        var before = new Before(RequestContext.Get(SessionKey), RequestContext.Get(DepthKey));
        RequestContext.Set(SessionKey, id.ToString());
        RequestContext.Set(DepthKey, depth.ToString(CultureInfo.InvariantCulture));
        return before;
    }

    // Nothing stands for not nested; anything else must be a number, or it would be an easy way to the top.
    private static int? ReadDepth() => RequestContext.Get(DepthKey) switch
    {
        null => 0,
        string text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var depth) => depth,
        _ => null,
    };

    private sealed class Before(object? session, object? depth) : IDisposable
    {
        public void Dispose()
        {
            Restore(SessionKey, session);
            Restore(DepthKey, depth);
        }

        private static void Restore(string key, object? value)
        {
            if (value is null)
            {
                RequestContext.Remove(key);
            }
            else
            {
                RequestContext.Set(key, value);
            }
        }
    }
}
