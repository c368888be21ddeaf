using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission;

public class AdmissionTraceTests
{
    public static TheoryData<AdmissionStep> Steps => new(Admissible.Steps);

    [Fact]
    public void Trace_OfAnAdmission_HasEveryStepInOrderWithItsMargin()
    {
        var trace = AdmissionRules.Decide(Admissible.Facts, Admissible.Request).Trace;

        Assert.Equal(Admissible.Steps, trace.Select(check => check.Step));
        Assert.All(trace, check => Assert.True(check.Passed));
        Assert.Equal(
            [null, "29m59s left", null, null, null, "93 left", "4.2s left", "3 left", "8 left", null],
            trace.Select(check => check.Margin));
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void Trace_OfARefusal_EndsAtTheStepThatRefused(AdmissionStep step)
    {
        var trace = Admissible.DecideWithout(step).Trace;

        Assert.Equal(Admissible.Steps.TakeWhile(earlier => earlier != step).Append(step), trace.Select(check => check.Step));
        Assert.All(trace[..^1], check => Assert.True(check.Passed));
        Assert.False(trace[^1].Passed);
    }

    [Theory]
    [InlineData(AdmissionStep.Expiry, "0s left")]
    [InlineData(AdmissionStep.Executions, "0 of 100 left")]
    [InlineData(AdmissionStep.Concurrent, "0 of 4 left")]
    [InlineData(AdmissionStep.ComputeTime, "0s left")]
    [InlineData(AdmissionStep.Policy, null)]
    public void Trace_OfARefusal_SaysThatNothingWasLeft(AdmissionStep step, string? margin) =>
        Assert.Equal(margin, Admissible.DecideWithout(step).Trace[^1].Margin);

    [Fact]
    public void Trace_OfASessionThatDoesNotExist_StopsAtItsStatus() =>
        Assert.Equal(
            new AdmissionCheck(AdmissionStep.Status, false, null),
            Assert.Single(AdmissionRules.Decide(new AdmissionFacts { SessionId = Admissible.Id }, Admissible.Request).Trace));

    [Fact]
    public void Trace_OfARequestThatIsNotWellFormed_IsEmpty() => Assert.Empty(AdmissionRules.Decide(Admissible.Facts, default).Trace);

    [Fact]
    public void Trace_OfARefusalByAStepThatThisVersionDoesNotKnow_EndsWithIt()
    {
        var decision = new AdmissionDecision { RefusedAt = (AdmissionStep)200, Refusal = new SessionError() };

        Assert.Equal([.. Admissible.Steps, (AdmissionStep)200], decision.Trace.Select(check => check.Step));
        Assert.False(decision.Trace[^1].Passed);
    }

    [Theory]
    [InlineData(-5, "0s")]
    [InlineData(0, "0s")]
    [InlineData(250, "250ms")]
    [InlineData(999, "999ms")]
    [InlineData(1_000, "1.0s")]
    [InlineData(59_999, "59.9s")]
    [InlineData(60_000, "1m0s")]
    [InlineData(3_599_999, "59m59s")]
    [InlineData(3_600_000, "1h0m")]
    [InlineData(90_000_000, "1d1h")]
    public void Time_InWords_IsCutToItsTwoGreatestUnits(long milliseconds, string words) =>
        Assert.Equal(words, TimeWords.Of(TimeSpan.FromMilliseconds(milliseconds)));
}
