using System.Collections.Frozen;

namespace Sessions.Grains.Provisioning;

/// <summary>The provisioners of this silo, by name.</summary>
internal sealed class ProvisionerRegistry(IEnumerable<ISessionProvisioner> provisioners)
{
    private readonly FrozenDictionary<string, ISessionProvisioner> byName =
        provisioners.ToFrozenDictionary(provisioner => provisioner.Name, StringComparer.Ordinal);

    public bool Has(string name) => byName.ContainsKey(name);

    public ISessionProvisioner? Find(string name) => byName.GetValueOrDefault(name);
}
