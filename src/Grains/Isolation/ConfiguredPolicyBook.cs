using Microsoft.Extensions.Options;
using Sessions.Hosting;

namespace Sessions.Grains;

/// <summary>What the configuration permits, and nothing else: nobody has set a policy.</summary>
internal sealed class ConfiguredPolicyBook(IOptions<SessionsOptions> options) : IPolicyBook
{
    public long Revision => 0;

    public EffectivePolicy? Of(SessionNamespace @namespace) =>
        new() { Namespace = @namespace, Ceiling = options.Value.CeilingOf(@namespace) };
}
