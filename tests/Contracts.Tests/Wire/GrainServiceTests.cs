using Orleans.Serialization.TypeSystem;
using Orleans.Services;
using Sessions.Grains;

namespace Sessions.Contracts.Tests.Wire;

public class GrainServiceTests
{
    // Orleans derives the id of a grain service from this text, not from its alias. A node whose text is another one cannot reach the
    // service of this node, and a policy that is set there is not known here until the next look.
    [Fact]
    public void GrainServices_NamesOnTheWire_AreThoseOfEarlierReleases() => Assert.Equal(
        ["Sessions.Grains.IPolicyService,Sessions.Grains"],
        typeof(IPolicyService).Assembly.GetTypes()
            .Where(type => type.IsInterface && type.IsAssignableTo(typeof(IGrainService)))
            .Select(RuntimeTypeNameFormatter.Format));
}
