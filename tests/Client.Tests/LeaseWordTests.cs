namespace Sessions.Client.Tests;

public class LeaseWordTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, LeaseWord.UnlimitedPlaces)]
    [InlineData(LeaseWord.MaxExecutions, 1)]
    [InlineData(LeaseWord.MaxExecutions, LeaseWord.MaxExecutions)]
    public void Counts_Stand_beside_each_other_untouched(int executions, int places)
    {
        var word = LeaseWord.Nothing.Open(executions, places);

        Assert.Equal((executions, places, false), (word.Executions, word.Places, word.IsClosed));
        Assert.Equal(executions > 0 && places > 0, word.HasRoom);
        var closed = word.Closed(places);
        Assert.Equal((0, places, true, false), (closed.Executions, closed.Places, closed.IsClosed, closed.HasRoom));
        if (word.HasRoom)
        {
            Assert.Equal((executions - 1, places - 1), (word.Taken.Executions, word.Taken.Places));
        }
    }

    [Fact]
    public void Place_given_back_to_a_closed_word_Leaves_it_closed_and_the_rest_alone()
    {
        var word = LeaseWord.Nothing.Open(9, 3).Closed(3);
        var settled = new LeaseWord(word.Bits + LeaseWord.Place);

        Assert.True(settled.IsClosed);
        Assert.Equal((0, 4), (settled.Executions, settled.Places));
    }

    [Fact]
    public void Opened_and_closed_Never_the_same_word_within_127_moves()
    {
        var seen = new HashSet<long>();
        var word = LeaseWord.Nothing.Open(5, 5);
        for (var i = 0; i < 63; i++)
        {
            Assert.True(seen.Add(word.Bits));
            word = word.Closed(5);
            Assert.True(seen.Add(word.Bits));
            word = word.Open(5, 5);
        }
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, LeaseWord.MaxExecutions + 1)]
    public void Count_that_does_not_fit_Is_refused(int executions, int places) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => LeaseWord.Nothing.Open(executions, places));
}
