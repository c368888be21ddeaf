using System.Reflection;

namespace Sessions.Testing.Tests;

public sealed class ReferenceTests
{
    [Fact]
    public void Library_ReferencesAsBuilt_NoTestFramework()
    {
        string[] frameworks = ["xunit", "nunit", "Microsoft.VisualStudio.TestPlatform", "Microsoft.VisualStudio.UnitTesting", "MSTest", "TUnit", "FsCheck", "Moq"];

        var reached = Reach(typeof(InMemorySessions).Assembly);

        Assert.Contains("Sessions.Grains", reached);
        Assert.DoesNotContain(reached, name => frameworks.Any(framework => name.StartsWith(framework, StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>The names of what an assembly needs, directly or through other assemblies of this project.</summary>
    private static HashSet<string> Reach(Assembly from)
    {
        var (reached, open) = (new HashSet<string>(), new Queue<Assembly>([from]));
        while (open.TryDequeue(out var assembly))
        {
            foreach (var name in assembly.GetReferencedAssemblies())
            {
                if (reached.Add(name.Name!) && name.Name!.StartsWith("Sessions.", StringComparison.Ordinal))
                {
                    open.Enqueue(Assembly.Load(name));
                }
            }
        }

        return reached;
    }
}
