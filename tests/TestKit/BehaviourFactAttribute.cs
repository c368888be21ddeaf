using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Sessions.TestKit;

/// <summary>A test of an abstract suite, skipped in those classes that are marked <see cref="NeedsPostgresAttribute"/> where there is none.</summary>
[XunitTestCaseDiscoverer("Sessions.TestKit.BehaviourFactDiscoverer", "Sessions.TestKit")]
public sealed class BehaviourFactAttribute : FactAttribute;

/// <summary>Marks a class whose inherited tests need a PostgreSQL.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsPostgresAttribute : Attribute;

/// <summary>Makes the test cases of <see cref="BehaviourFactAttribute"/>; called by xunit.</summary>
public sealed class BehaviourFactDiscoverer(IMessageSink diagnosticMessageSink) : FactDiscoverer(diagnosticMessageSink)
{
    /// <inheritdoc/>
    protected override IXunitTestCase CreateTestCase(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute)
    {
        var needsPostgres = testMethod.TestClass.Class.GetCustomAttributes(typeof(NeedsPostgresAttribute)).Any();
        return needsPostgres && PostgresServer.SkipReason is { } reason
            ? new XunitSkippedDataRowTestCase(
                DiagnosticMessageSink,
                discoveryOptions.MethodDisplayOrDefault(),
                discoveryOptions.MethodDisplayOptionsOrDefault(),
                testMethod,
                reason)
            : base.CreateTestCase(discoveryOptions, testMethod, factAttribute);
    }
}
