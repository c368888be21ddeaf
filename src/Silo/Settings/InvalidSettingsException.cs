namespace Sessions.Silo.Settings;

/// <summary>The configuration cannot be used. Each fault is a sentence that names the setting and says what to set.</summary>
internal sealed class InvalidSettingsException(IReadOnlyCollection<string> faults) : Exception(string.Join(' ', faults))
{
    public InvalidSettingsException(string fault)
        : this([fault])
    {
    }

    public IReadOnlyCollection<string> Faults => faults;
}
