using System.Text.Json;
using Sessions.Contracts.Tests.Support;
using Sessions.Core;
using Sessions.Storage;

namespace Sessions.Contracts.Tests.Stored;

/// <summary>What a reader makes of a payload that is older than a field.</summary>
public class StoredDefaultsTests
{
    /// <summary>
    /// Written since the first version, always, so that no payload lacks them. The list must not grow: the reader does not run the
    /// initializers of what is missing, so a new field with a default other than zero has to guard it in its getter.
    /// </summary>
    private static readonly string[] AlwaysWritten =
    [
        "SessionConfiguration.MaxDuration", "SessionConfiguration.Permissions", "SessionSettings.AutoExpire", "SessionSettings.PauseClock",
    ];

    /// <summary>Every stored type that is made from its parts by initializers, with what it is when nothing is stated.</summary>
    private static readonly object[] Defaults =
    [
        new SessionRecord(), new SessionConfiguration(), new SessionSettings(), new SessionQuotas(), new SessionCeiling(), new SessionUsage(),
        new SessionEventBody(), new GrantMark(), new LatencyHistogram(), new ExecutionRecord(),
    ];

    [Fact]
    public void MissingFields_Read_HaveTheirDefaults()
    {
        var differing =
            from initial in Defaults
            let type = initial.GetType()
            let read = JsonSerializer.Deserialize("{}", StoredJson.Default.GetTypeInfo(type)!)
            from property in type.GetProperties()
            where property.CanWrite && Contents.Of(property.GetValue(initial)) != Contents.Of(property.GetValue(read))
            select $"{type.Name}.{property.Name}";

        Assert.Equal(AlwaysWritten, differing);
    }

    [Fact]
    public void EmptyRecord_Read_HasNothingThatIsNull()
    {
        var read = JsonSerializer.Deserialize("{}", StoredJson.Default.SessionRecord)!;

        Assert.Equal(SessionConfiguration.Default, read.Configuration);
        Assert.Equal(SessionUsage.None, read.Usage);
        Assert.Empty(read.Answers);
        Assert.Null(read.Grant);
        Assert.Null(read.Usage.Latencies);
    }

    [Fact]
    public void EmptyConfiguration_Read_HasNothingThatIsNull()
    {
        var read = JsonSerializer.Deserialize("""{"configuration":{},"templateCeiling":{}}""", StoredJson.Default.SessionRecord)!;

        Assert.Empty(read.Configuration.FunctionPatterns);
        Assert.Empty(read.Configuration.Labels);
        Assert.Equal(SessionQuotas.Unlimited, read.Configuration.Quotas);
        Assert.Equal(SessionSettings.Default, read.Configuration.Settings);
        Assert.Equal(SessionCeiling.None, read.TemplateCeiling);
    }

    [Fact]
    public void Labels_Read_AreInOrdinalOrder()
    {
        var read = JsonSerializer.Deserialize("""{"configuration":{"labels":{"b":"1","B":"2","a":"3"}}}""", StoredJson.Default.SessionRecord)!;

        Assert.Equal(["B", "a", "b"], read.Configuration.Labels.Keys);
        Assert.Same(SortedLabels.Empty.KeyComparer, read.Configuration.Labels.KeyComparer);
    }

    [Theory]
    [InlineData("""{"status":"Frozen"}""")]
    [InlineData("""{"id":"s-1"}""")]
    [InlineData("""{"namespace":"Acme"}""")]
    [InlineData("""{"creator":""}""")]
    public void UnreadableField_Read_IsAFaultAndNotADefault(string stored) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(stored, StoredJson.Default.SessionRecord));
}
