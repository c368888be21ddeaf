using Sessions.Grains;

namespace Sessions.Benchmarks;

/// <summary>Policies that let everybody of the tenant at data, and bound nothing.</summary>
internal sealed class OpenPolicies : IPolicyBook
{
    private static readonly EffectivePolicy Open = new()
    {
        Namespace = SessionNamespace.Parse("bench"),
        DataRules = [new DataRuleSet(SessionNamespace.Parse("bench"), [CrossReadLoad.Everybody])],
    };

    public long Revision => 0;

    public EffectivePolicy? Of(SessionNamespace @namespace) => Open;
}
