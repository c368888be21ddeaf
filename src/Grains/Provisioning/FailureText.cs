namespace Sessions.Provisioning;

/// <summary>Makes somebody else's words fit to be stored and shown.</summary>
internal static class FailureText
{
    private const int MaxLength = 512;

    public static string Of(string? text)
    {
        var clean = new string([.. (text ?? "").Take(MaxLength).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? ' ' : c)]).Trim();
        return clean.Length == 0 ? "The provisioner failed without a word." : clean;
    }
}
