using Orleans.Metadata;

namespace Sessions.Grains.Registration;

/// <summary>
/// Names the classes of the grains to other nodes and to clients as release 0.1.0 did, in which all were in one namespace. The manifest of a
/// cluster has the full name of every class: if nodes of two releases differed in it, clients would find two classes for one grain type, and
/// could not choose between them.
/// </summary>
internal sealed class GrainClassNames : IGrainPropertiesProvider
{
    private const string Namespace = "Sessions.Grains.";

    /// <inheritdoc/>
    public void Populate(Type grainClass, GrainType grainType, Dictionary<string, string> properties)
    {
        if (grainClass.Assembly == typeof(GrainClassNames).Assembly)
        {
            properties[WellKnownGrainTypeProperties.FullTypeName] = Namespace + grainClass.Name;
        }
    }
}
