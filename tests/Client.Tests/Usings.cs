global using Xunit;
global using Sessions.TestKit;
