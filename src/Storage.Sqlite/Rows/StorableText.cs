using System.Text;
using Sessions.Grains.Storage;

namespace Sessions.Storage.Sqlite.Rows;

/// <summary>Text on its way into the file, in UTF-8.</summary>
internal static class StorableText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="StoreUnavailableException">It has a lone surrogate, which UTF-8 cannot say: another text would be read back.</exception>
    public static byte[] Of(string text)
    {
        try
        {
            return Strict.GetBytes(text);
        }
        catch (EncoderFallbackException e)
        {
            throw new StoreUnavailableException("A text is not valid Unicode and cannot be stored.", e);
        }
    }
}
